"""What is submitted to judgement: a change of the repository, its models, their files, what runs now."""
