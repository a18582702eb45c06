"""How large what a graph computes is at least, told from its constants and shapes without computing it."""
