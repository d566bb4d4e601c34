"""Operations for keys of one role alone."""

from http import HTTPStatus

from fastapi import Request

from schemas.credentials import Role
from services.api.http.keys import Caller
from services.api.http.problems import ProblemError


def require_role(request: Request, role: Role) -> Caller:
    """Return whose key a request carries, if it is of a role.

    Raises:
        ProblemError: It carries none, or one of another role.
    """
    caller: Caller | None = request.state.caller
    article = "an" if role[0] in "aeiou" else "a"
    if caller is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "key missing",
            f"expected the key of {article} {role} (Authorization: Bearer …), found none",
            headers={"WWW-Authenticate": 'Bearer realm="exchange-ledger"'},
        )
    if caller.role != role:
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            f"not {article} {role}",
            f"expected the key of {article} {role}, found that of {'an' if caller.role[0] in 'aeiou' else 'a'} "
            f"{caller.role}",
        )
    return caller
