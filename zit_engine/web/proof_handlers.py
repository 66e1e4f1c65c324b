"""What the check of the styles shows and does on the comparison tab.

Comes in: the studio. Goes out: one part of HTML: state, button, table.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

from zit_engine.compare.proof import LEAST_VISIBLE, Proof, StyleProof, as_report, keep, kept, prove
from zit_engine.errors import ZitError
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded, guarded_once
from zit_engine.web.markup import both, escape, in_both, table
from zit_engine.web.present import error_status, status

_LOOK_EVERY_S = 0.2


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


class ProofHandlers:
    for_staff = True

    def __init__(self, studio: Studio):
        self._studio = studio
        self._one_at_a_time = threading.Lock()

    @guarded_once(_only_said)
    def show(self) -> str:
        """The kept proof."""
        return self._markup(kept(self._studio.settings.data_dir))

    @guarded(_only_said)
    async def prove(self) -> AsyncIterator[str]:
        """Prove now; whoever else presses meanwhile waits for the same answer."""
        yield self._framed(status(both("compare.proof_running"), "busy"))
        await asyncio.to_thread(self._prove_once)
        yield self._markup(kept(self._studio.settings.data_dir))

    def _prove_once(self) -> None:
        asked_at = time.time()
        with self._one_at_a_time:
            found = kept(self._studio.settings.data_dir)
            if found is not None and found.made_at > asked_at:
                return
            keep(self._studio.settings.data_dir, prove(self._studio, self._give_way))

    def _give_way(self) -> None:
        while not self._studio.queue.is_idle():
            time.sleep(_LOOK_EVERY_S)

    def _markup(self, proof: Proof | None) -> str:
        report = as_report(self._studio, proof)
        kind = {"proved": "ok", "leaks": "error"}.get(report["state"], "quiet")
        rows = proof.rows if proof is not None else ()
        line = status(both(f"compare.proof_{report['state']}", styles=len(rows)), kind)
        made = f"<p class='note'>{escape(report['made_at'])}</p>" if proof is not None else ""
        button = f'<button type="button" class="proof-go">{both("compare.proof_go")}</button>'
        return self._framed(f"{line}{self._table(rows)}{made}{button}")

    def _framed(self, markup: str) -> str:
        return (
            f'<section class="proof"><h2>{both("compare.proof_title")}</h2>'
            f'<p class="note">{both("compare.proof_note")}</p>{markup}</section>'
        )

    def _table(self, rows: tuple[StyleProof, ...]) -> str:
        if not rows:
            return ""
        heads = ("style", "base", "repeats", "visible", "switch")
        body = "".join(self._row(row) for row in rows)
        return table((both(f"compare.proof_{name}") for name in heads), body)

    def _row(self, row: StyleProof) -> str:
        style = self._studio.catalogue.get(row.style)
        name = in_both(style.ko, style.en) if style else escape(row.style)
        if row.error:
            told = escape(row.error)
            return f'<tr><th scope="row">{name}</th><td colspan="4" class="bad">{told}</td></tr>'
        is_visible = row.difference >= LEAST_VISIBLE
        bad = "" if is_visible else ' class="bad"'
        return (
            f'<tr><th scope="row">{name}</th>{_answer(row.base_is_same)}{_answer(row.repeats)}'
            f"<td{bad}>{row.difference:.1f}</td><td>{row.switch_s * 1000:.1f} ms</td></tr>"
        )


def _answer(is_so: bool) -> str:
    if is_so:
        return f"<td>{both('compare.proof_yes')}</td>"
    return f'<td class="bad">{both("compare.proof_no")}</td>'
