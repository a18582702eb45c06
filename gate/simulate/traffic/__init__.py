"""What clients and servers do: one file a family; `families.FAMILIES` lists them all."""
