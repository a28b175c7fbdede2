"""Letters on their way out, and which of them a slot carries.

Meeting, inbox, post and what lies above may enter. Never here: a slot made, moved or skipped.
"""
