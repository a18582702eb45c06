"""What the operators of ai.onnx make of what is known of their inputs (onnx/docs/Operators.md).

Only those with which a small file can ask for much, and those that lead shapes to them. Of any other nothing
is known, which is never a fault: what it makes is bounded when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluicegate.validators.onnx.bounds.computing import computed, divide, multiply, power, reduced
from sluicegate.validators.onnx.bounds.given import Rule
from sluicegate.validators.onnx.bounds.intervals import arithmetic
from sluicegate.validators.onnx.bounds.making import (
    constant_of_shape,
    conv_transpose,
    expand,
    one_hot,
    pad,
    random,
    range_of,
    resize,
    tile,
    upsample,
)
from sluicegate.validators.onnx.bounds.moving import (
    concat,
    elementwise,
    gather,
    gemm,
    matmul,
    reshape,
    same_numbers,
    same_shape,
    shape_of,
    size_of,
    slice_of,
    squeeze,
    transpose,
    unsqueeze,
)

_SAME = (
    "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh CumSum Dropout Elu "
    "Erf Exp Floor HardSigmoid HardSwish Hardmax IsInf IsNaN LayerNormalization LeakyRelu Log LogSoftmax "
    "Gelu Mish Neg Not PRelu RandomNormalLike RandomUniformLike Bernoulli Reciprocal Relu Round Scatter "
    "ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh "
    "ThresholdedRelu Trilu EyeLike"
)
_ELEMENTWISE = (
    "And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min "
    "Mod Or Sum Where Xor"
)
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME.split(), same_shape),
    **dict.fromkeys(_ELEMENTWISE.split(), elementwise),
    **dict.fromkeys(("Identity", "Cast", "CastLike"), same_numbers),
    "Add": computed(lambda one, other: one + other),
    "Sub": computed(lambda one, other: one - other),
    "Mul": computed(multiply),
    "Div": computed(divide),
    "Pow": computed(power),
    "Shape": shape_of,
    "Size": size_of,
    "ConstantOfShape": constant_of_shape,
    "Range": range_of,
    "Expand": expand,
    "Tile": tile,
    "Reshape": reshape,
    "Concat": concat,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Gather": gather,
    "Slice": slice_of,
    "Transpose": transpose,
    "MatMul": matmul,
    "Gemm": gemm,
    "OneHot": one_hot,
    "Pad": pad,
    "Resize": resize,
    "Upsample": upsample,
    "ConvTranspose": conv_transpose,
    "ReduceProd": reduced(lambda one, other: arithmetic(multiply, one, other), 1),
    "ReduceSum": reduced(lambda one, other: arithmetic(lambda a, b: a + b, one, other), 0),
    "RandomNormal": random,
    "RandomUniform": random,
}
"""By operator."""
