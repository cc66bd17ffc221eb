"""Why no model can be loaded. Each message is for the operator, at start or on the command line, never for a caller."""


class ModelTrouble(Exception):
    """No model pack can be used."""


class PackMissing(ModelTrouble):
    """The pack is not on this machine, or not whole."""


class PackDamaged(ModelTrouble):
    """A file of the pack is not the one that was published."""


class PackUnreadable(ModelTrouble):
    """The folder is no pack: its files do not say what they are."""


class LicenceRefused(ModelTrouble):
    """The pack's licence forbids what this service is set to be used for."""


class PullFailed(ModelTrouble):
    """The pack could not be downloaded."""
