"""Setting a cluster up for a repository: what is to be there (`plan`), from where (`reading`), and putting it
there (`cluster`, `applying`)."""
