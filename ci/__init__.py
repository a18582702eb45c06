"""Where people and CI meet Sluicegate: the command, the reports, the forge and the embedded runtime."""
