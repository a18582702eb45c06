"""`sluice demo`: one version released, one refused, one rolled back."""
