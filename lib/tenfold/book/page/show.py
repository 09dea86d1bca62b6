"""`show`: a ledger, verdicts or a table, as a page shows them."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from tenfold.book.page.ledger import ledger_html, ledger_text
from tenfold.book.page.provenance import provenance_box
from tenfold.book.page.publish import publish
from tenfold.book.page.table import table_html, table_text
from tenfold.book.page.verdicts import verdicts_html
from tenfold.claims import VERDICTS_MIME, Ledger, Verdicts
from tenfold.runs import Run


def show(
    obj: Ledger | Verdicts | pd.DataFrame,
    *,
    caption: str = "",
    runs: Sequence[Run] = (),
    params: Mapping[str, object] | None = None,
) -> None:
    """Show a ledger's claims, verdicts with their machine-readable records, or a table.

    caption: a line above a table.  runs, params: as for `figure`; verdicts always carry their provenance, a
    table does when one of them is given.
    Raises TypeError for anything else.
    """
    box = provenance_box(runs, params)
    if isinstance(obj, Verdicts):
        publish(verdicts_html(obj) + box, repr(obj), metadata={VERDICTS_MIME: obj.to_records()})
    elif isinstance(obj, Ledger):
        publish(ledger_html(obj), ledger_text(obj))
    elif isinstance(obj, pd.DataFrame):
        publish(table_html(obj, caption) + (box if runs or params else Markup("")), table_text(obj, caption))
    else:
        raise TypeError(f"show takes a Ledger, Verdicts or a DataFrame, got {type(obj).__name__}")
