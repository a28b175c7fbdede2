"""Bytes and their arithmetic: sealing, signing, key derivation, sampling, codecs, padding, days.

Every other room of `protocol` may enter. Never here: a message of the wire, a person, a relay.
"""
