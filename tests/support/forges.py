"""The people of a forge that tests start."""

from sluicegate.embedded.forge import Token

BOT = Token("sluice", "bot-secret", "write", 8)
PERSON = Token("olga", "olga-secret", "admin", 7)
REVIEWER = Token("rita", "rita-secret", "write", 9)
