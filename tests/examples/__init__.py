"""Small repositories that the checks stop (`bad`) or let through (`good`), and what writes them."""
