"""What an owner expects of single answers (`tests` of model.yaml), held against the model's."""
