"""What the operators of ai.onnx make of what is known of their inputs (onnx/docs/Operators.md).

Only those with which a small file can ask for much, and those that lead shapes to them. Of any other nothing
is known, which is never a fault: what it makes is bounded when it runs.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping

from sluicegate.validators.onnx.bounds.computing import (
    computed,
    divide,
    multiply,
    of_each,
    power,
    reduced,
    shifted,
    summed,
)
from sluicegate.validators.onnx.bounds.given import Rule
from sluicegate.validators.onnx.bounds.intervals import arithmetic
from sluicegate.validators.onnx.bounds.making import (
    constant_of_shape,
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
    texts_joined,
    transpose,
    unsqueeze,
)
from sluicegate.validators.onnx.bounds.placing import (
    center_crop_pad,
    col2im,
    gather_nd,
    grid_sample,
    max_roi_pool,
    roi_align,
)
from sluicegate.validators.onnx.bounds.windows import (
    affine_grid,
    conv,
    conv_transpose,
    dft,
    einsum,
    max_unpool,
    mel_weight_matrix,
    pool,
    same_amount,
    whole_sequence,
    window,
)

_SAME = (
    "Acos Acosh Asin Asinh Atan Atanh BitwiseNot Celu Clip Cos Cosh Dropout Elu "
    "Erf HardSigmoid HardSwish Hardmax IsInf IsNaN LayerNormalization LeakyRelu LogSoftmax "
    "Gelu Mish Not PRelu RandomNormalLike RandomUniformLike Bernoulli Reciprocal Relu Scatter "
    "ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Tan Tanh "
    "ThresholdedRelu Trilu EyeLike"
)
_ELEMENTWISE = (
    "And BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Mean Mod "
    "Or Sum Where Xor"
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
    "Max": computed(max),
    "Min": computed(min),
    "BitShift": shifted,
    "CumSum": summed,
    "Abs": of_each(abs),
    "Ceil": of_each(math.ceil),
    "Exp": of_each(math.exp),
    "Floor": of_each(math.floor),
    "Log": of_each(math.log),
    "Neg": of_each(operator.neg),
    "Round": of_each(round),
    "Sqrt": of_each(math.sqrt),
    "StringConcat": texts_joined,
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
    "GatherND": gather_nd,
    "CenterCropPad": center_crop_pad,
    "Col2Im": col2im,
    "GridSample": grid_sample,
    "RoiAlign": roi_align,
    "MaxRoiPool": max_roi_pool,
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
    "Conv": conv,
    **dict.fromkeys(("AveragePool", "LpPool", "MaxPool"), pool),
    "MaxUnpool": max_unpool,
    "AffineGrid": affine_grid,
    "DFT": dft,
    "Einsum": einsum,
    **dict.fromkeys(("BlackmanWindow", "HannWindow", "HammingWindow"), window),
    "MelWeightMatrix": mel_weight_matrix,
    **dict.fromkeys(("SequenceConstruct", "SequenceInsert"), whole_sequence),
    **dict.fromkeys(("ConcatFromSequence", "SplitToSequence"), same_amount),
    "RandomNormal": random,
    "RandomUniform": random,
}
"""By operator."""
