"""What backends share that read all tasks in one way."""

from abc import ABC, abstractmethod

from ocrqueue.model.document import Task
from ocrqueue.model.page import PageImage, Reply


class ByTask(ABC):
    """The tasks of a backend whose way of reading takes the task as a value."""

    @abstractmethod
    def read(self, task: Task, image: PageImage, deadline: float, page: int) -> Reply:
        """Do this task; `Backend` says what the rest is, and what is raised."""

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read a whole page."""
        return self.read(Task.PAGE, image, deadline, page)

    def table_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one table."""
        return self.read(Task.TABLE, image, deadline, page)

    def formula_to_latex(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one formula."""
        return self.read(Task.FORMULA, image, deadline, page)
