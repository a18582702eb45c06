"""Setting a cluster up for a repository: what is to be there (`plan`), from where (`reading`), whether the
cluster can take it (`checking`), and putting it there (`cluster`)."""
