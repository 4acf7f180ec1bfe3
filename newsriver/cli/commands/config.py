"""`newsriver config`: which settings are in force, and where each of them was read from."""

import typer

from newsriver.cli.context import AsJson, of
from newsriver.cli.output import write_rows

app = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Look at the settings."""


@app.command()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every setting with its value, where that is from, and its meaning; secrets are hidden."""
    from newsriver.settings import load_with_origins
    from newsriver.settings_sources import rows

    shown = (
        {"setting": row.name, "value": row.value, "origin": row.origin, "meaning": row.meaning}
        for row in rows(*load_with_origins(of(context).config_file))
    )
    write_rows(shown, ("setting", "value", "origin", "meaning"), as_json=as_json)
