"""The gate under SIGKILL and under races: what holds, counted; `make crash` and `make race`."""
