"""The commands: a module for each command or group of commands, by its name."""
