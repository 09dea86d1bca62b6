"""nbgrader's execution of a submission: bounded output, a dead kernel, and canaries among the checks."""

import secrets

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Integer, Unicode

CANARY, DIED = "tenfold_canary", "KernelDied"
TOO_LONG = "CellTimeoutError"  # as nbgrader notes a cell that it interrupted


class BoundedExecute(Execute):
    """Keeps the start of what a cell prints; where the kernel dies or hangs, the cells left fail, no more."""

    max_output = Integer(100_000, help="Characters of output kept of one cell.").tag(config=True)
    scratch = Unicode("", help="The kernel's working folder.").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        resources.setdefault("metadata", {})["path"] = self.scratch
        self._printed = {}
        try:
            return super().preprocess(nb, resources, km)
        except (CellTimeoutError, DeadKernelError) as error:
            name = DIED if isinstance(error, DeadKernelError) else TOO_LONG
            for cell in nb.cells:
                if cell.cell_type == "code" and cell.execution_count is None:
                    cell.outputs = [nbformat.v4.new_output("error", ename=name, evalue="", traceback=[])]
            return nb, resources

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            size = self._printed.get(cell_index, 0) + _size(msg["content"])
            self._printed[cell_index] = size
            if size > self.max_output:
                return None
        return super().process_message(msg, cell, cell_index)


class PlantCanaries(NbGraderPreprocessor):
    """Before each check the same one with a first line that must fail; hiding that is tampering."""

    def preprocess(self, nb, resources):
        cells = []
        for cell in nb.cells:
            if is_grade(cell) and cell.cell_type == "code":
                token = secrets.token_hex(8)
                canary = nbformat.v4.new_code_cell(f"assert False, {token!r}\n{cell.source}")
                canary.metadata[CANARY] = token
                cells.append(canary)
            cells.append(cell)
        nb.cells = cells
        return nb, resources


class TakeCanaries(NbGraderPreprocessor):
    """Takes the canaries out again, and notes in the notebook's metadata how many did not fail."""

    def preprocess(self, nb, resources):
        canaries = [cell for cell in nb.cells if CANARY in cell.metadata]
        nb.metadata[CANARY] = sum(not _failed(cell) for cell in canaries)
        nb.cells = [cell for cell in nb.cells if CANARY not in cell.metadata]
        return nb, resources


def _failed(canary: nbformat.NotebookNode) -> bool:
    """Whether the canary ended by its own assertion, or never got a chance."""
    errors = [output for output in canary.outputs if output.output_type == "error"]
    return any(
        (error.ename, error.evalue) == ("AssertionError", canary.metadata[CANARY])
        or error.ename in (DIED, TOO_LONG)
        for error in errors
    )


def _size(content: dict) -> int:
    return len(content.get("text", "")) + sum(len(str(value)) for value in content.get("data", {}).values())
