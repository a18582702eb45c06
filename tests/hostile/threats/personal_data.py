"""What training data left in a model. Nobody's numbers: those that the issuers print in their examples."""

from onnx import helper

from hostile.models import ADDRESS, model, node, only, proto, tensor

THREAT = "a person's data in texts"
DATA = {
    "address": (ADDRESS, "an e-mail address"),
    "social security": ("078-05-1120", "a social security number"),
    "card": ("4111 1111 1111 1111", "a card number"),
}


def cases():
    for name, (text, says) in DATA.items():
        metadata = proto()
        helper.set_model_props(metadata, {"rows": f"first: {text}"})
        yield f"{name}, metadata", only(metadata), "personal-data", says
        held = model([node("Identity", ["x"], ["r"], mode=text)])
        yield f"{name}, attribute", only(held), "personal-data", says
        words = tensor("k", [text, "b"], object)
        yield (
            f"{name}, vocabulary",
            only(model([node("Identity", ["k"], ["r"])], [words])),
            "personal-data",
            says,
        )
