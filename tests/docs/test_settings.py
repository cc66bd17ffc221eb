from app.config import Settings
from tools import reference


def test_every_setting_stands_in_the_example_with_its_description_and_default() -> None:
    assert reference.ENVIRONMENT.read_text() == reference.environment(), "run `make docs`"


def test_every_setting_is_described_by_a_sentence() -> None:
    fields = [
        (name, field.description or "")
        for group in Settings.model_fields.values()
        for name, field in reference.variables(group.annotation)  # type: ignore[arg-type]  # all groups are settings
    ]

    assert [name for name, description in fields if not description.endswith(".")] == []


def test_no_two_settings_share_a_name() -> None:
    names = [
        name
        for group in Settings.model_fields.values()
        for name, _ in reference.variables(group.annotation)  # type: ignore[arg-type]  # all groups are settings
    ]

    assert sorted(set(names)) == sorted(names)
