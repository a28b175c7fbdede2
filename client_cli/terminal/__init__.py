"""The one sanitiser, all printing, all asking.

Everything that shows or asks may enter. Never here: text of other people that did not pass the sanitiser.
"""
