"""TLS towards the broker."""

import ssl
from pathlib import Path

from newsriver.errors import UsageError


class TlsError(UsageError):
    """A certificate or key cannot be used; the message names the file."""


def client_context(
    ca_file: Path | None, cert_file: Path | None, key_file: Path | None, *, verify: bool = True
) -> ssl.SSLContext:
    """A client's context: trusts `ca_file` (else the system's authorities), shows the certificate if there is one."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"cannot use {ca_file} as the broker's authority: {error}") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert_file is not None:
        try:
            context.load_cert_chain(cert_file, key_file)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(f"cannot use the certificate {cert_file} with its key: {error}") from error
    return context
