"""What a command works with: edges made from the settings, handed to the engine.

The only room that knows every other. A verb opens the smallest app that does its work, so that it
loads no more than it needs.
"""
