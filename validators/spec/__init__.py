"""What people declare, typed: models, environments, and the release that the gate keeps."""
