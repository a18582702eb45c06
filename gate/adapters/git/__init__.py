"""The one git door: every git process of ours is started in `command`, with an environment of its own.

`bare` reads and moves the refs of one repository on disk, `objects` and `diff` read what it holds, `write`
and `fast_import` add to it, `contents` keeps one process for reading file after file, `tree` is the files of
one revision; `repository` mirrors a remote into a `local_copy`, which a `folder_lock` guards, and `push`es to
it; `clone` is an ordinary clone with a work tree.
"""
