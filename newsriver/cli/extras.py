"""The optional dependencies: which modules each extra of the package brings."""

EXTRAS = {
    "embedded": ("noida_db",),
    "producers": ("dateutil", "feedparser", "lxml", "lxml_html_clean", "pebble", "protego", "py3langid", "trafilatura"),
    "notify": ("apprise", "standardwebhooks"),
    "consumers": ("ahocorasick_rs", "numpy", "pymorphy3", "rjieba", "simplemma", "xxhash"),
    "segments": ("icu4py",),
}


def extra_of(module: str) -> str | None:
    """The extra that brings a module (`lxml.etree` is of `lxml`), or None if it is no optional dependency."""
    package = module.partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if package in modules), None)
