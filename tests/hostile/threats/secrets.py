"""Keys and passwords in what everybody can read. None of these is real."""

from onnx import helper

from hostile.models import model, node, only, proto

THREAT = "secrets in texts"
SECRETS = {
    "AWS": ("AKIA" + "Q7" * 8, "an AWS access key"),
    "private key": ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    "GitHub": ("ghp_" + "a1B2" * 9, "a GitHub token"),
    "Slack": ("xoxb-" + "123456789012", "a Slack token"),
    "Google": ("AIza" + "b2C3d" * 7, "a Google API key"),
    "Hugging Face": ("hf_" + "c3D4" * 9, "a Hugging Face token"),
    "GitLab": ("glpat-" + "d4E5" * 5, "a GitLab token"),
    "web token": (".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20]), "a JSON web token"),
    "password": ("password=" + "hunter2hunter2", "a password"),
}


def cases():
    for name, (secret, says) in SECRETS.items():
        described = proto()
        described.doc_string = f"see {secret} there"
        yield f"{name}, described", only(described), "onnx-texts", says
        metadata = proto()
        helper.set_model_props(metadata, {"config": secret})
        yield f"{name}, metadata", only(metadata), "onnx-texts", says
        held = model([node("Identity", ["x"], ["r"], mode=f"{secret} ")])
        yield f"{name}, attribute", only(held), "onnx-texts", says
        card = {"model.onnx": model(), "README.md": f"# Card\n{secret}\n".encode()}
        yield f"{name}, card", card, "files-allowed", says
