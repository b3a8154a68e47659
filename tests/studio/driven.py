"""Sessions that are driven to where a test wants them."""

from thalweg.studio.building import Built, build
from thalweg.studio.session import Session
from thalweg.studio.spec import Spec


def built_of(**fields) -> Built:
    return build(Spec(**{"engine": "numpy", **fields}))


def ran(session: Session, *commands: str) -> Session:
    """The session after some commands, one after another."""
    for command in commands:
        getattr(session, command)()
        assert session.wait(30)
    return session
