"""What must last: messages, rooms, bans and relations, in memory or in a SQL database."""
