"""`inputs` and `detection` fit the signature, or are refused at their line with what to do."""

from __future__ import annotations

import pytest
from support.specs import model_yaml

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.yamlio import InputError, parse


def problems(task: str, inputs: str, outputs: str, label: str, extra: str) -> list[str]:
    """What is wrong with a model of this signature, without the file's name."""
    text = model_yaml().decode()
    text = text.replace("task: regression", f"task: {task}")
    text = text.replace("{name: x, dtype: float32, shape: [batch, 1]}", inputs)
    text = text.replace("{name: y, dtype: float32, shape: [batch]}", outputs)
    text = text.replace("label: y", f"label: {label}") + extra
    document = parse(text.encode(), "models/m/model.yaml")
    try:
        load_model(document, gates=gates(), sections={})
    except InputError as error:
        return [f"{one.where}: {one.message}; {one.remedy}" for one in error.problems]
    return []


IDS = "{name: ids, dtype: int64, shape: [batch, tokens]}"
PAST = "{name: past, dtype: float32, shape: [batch, 2, past, 4]}"
LOGITS = "{name: logits, dtype: float32, shape: [batch, tokens, 9]}"
PRESENT = "{name: present, dtype: float32, shape: [batch, 2, all, 4]}"
PIXELS = "{name: x, dtype: float32, shape: [batch, 3, 8, 8]}"
SCORE = "{name: y, dtype: float32, shape: [batch]}"


def prepared(one: str) -> str:
    return f"  inputs: {one}\n"


def of_a_decoder(inputs: str, past: str = PAST) -> list[str]:
    return problems("language-model", f"{IDS}, {past}", f"{LOGITS}, {PRESENT}", "ids", prepared(inputs))


def test_a_decoder_with_its_cache_fits() -> None:
    assert not problems(
        "language-model",
        f"{IDS}, {PAST}",
        f"{LOGITS}, {PRESENT}",
        "ids",
        prepared("{past: {cache: present}}"),
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ("{nobody: {made: mask}}", "the signature has no input 'nobody'; name one of ids, past"),
        ("{past: {cache: gift}}", "the signature has no output 'gift'; name one of logits, present"),
        ("{past: {cache: logits}}", "cannot be 'past'; name the output with the new cache of that layer"),
        ("{past: {made: mask}}", "and no mask; one is [batch, tokens] of int32"),
    ],
)
def test_what_fits_no_tensor_is_refused(one, words) -> None:
    (problem,) = of_a_decoder(one)
    assert words in problem


def test_a_cache_whose_length_is_fixed_cannot_begin_empty() -> None:
    fixed = PAST.replace("past, 4]", "16, 4]")
    (problem,) = problems(
        "language-model",
        f"{IDS}, {fixed}",
        f"{LOGITS}, {PRESENT}",
        "ids",
        prepared("{past: {cache: present}}"),
    )
    assert "has no open dimension that grows with the tokens" in problem


@pytest.mark.parametrize(
    ("inputs", "picture", "words"),
    [
        (PIXELS, "{size: [8, 9]}", "a picture is [3, 8, 9], and a row of 'x' is [3, 8, 8]"),
        (PIXELS, "{size: [8, 8], layout: nhwc}", "a picture is [8, 8, 3]"),
        (
            PIXELS.replace("float32", "uint8"),
            "{size: [8, 8]}",
            "'x' is uint8, and scaled pixels have fractions",
        ),
        (PIXELS.replace("float32", "int64"), "{size: [8, 8]}", "'x' is int64, and pixels are uint8"),
    ],
)
def test_a_picture_has_the_inputs_form_and_type(inputs, picture, words) -> None:
    (problem,) = problems("regression", inputs, SCORE, "y", prepared(f"{{x: {{image: {picture}}}}}"))
    assert words in problem


BOXES = (
    "{name: boxes, dtype: float32, shape: [batch, m, 4]}, {name: scores, dtype: float32, shape: [batch, m]}"
)


def test_a_detector_of_one_class_says_so() -> None:
    assert not problems("detection", PIXELS, BOXES, "boxes", "  detection: {labels: null}\n")
    missing, labels = problems("detection", PIXELS, BOXES, "boxes", "")
    assert "the signature has no output 'labels', the detector's labels" in missing
    assert "1 columns are the label, and this detector has 2; name the true boxes, then" in labels


def test_detection_is_a_detectors_alone() -> None:
    (problem,) = problems("regression", PIXELS, SCORE, "y", "  detection: {}\n")
    assert "detection says what a detector answers, and the task is regression; leave it out" in problem
