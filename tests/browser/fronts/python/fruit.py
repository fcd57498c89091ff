"""Fruit and baskets."""


class Basket:
    """A basket."""

    size: int = 3

    def put(self, name: str) -> int:
        """Puts one in.

        ```python
        Basket().put("kiwi")
        ```
        """
        if name == "kiwi":
            return 1
        return len(name)


def test_basket():
    """A test."""
    assert Basket().put("kiwi") == 1
