"""The one git door: every git process of ours is started in `command`, with an environment of its own.

`bare` reads and moves the refs of one repository on disk, `objects` and `diff` read what it holds, `write`
adds to it, `contents` keeps one process for reading file after file, `tree` is the files of one revision;
`repository` mirrors a remote and pushes to it, `clone` is an ordinary clone with a work tree.
"""
