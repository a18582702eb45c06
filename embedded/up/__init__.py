"""`sluice up`: servers, router, gate, judge and load for one repository, as one tree of processes."""
