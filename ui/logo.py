"""Celaje's mark: a cloud over the line of the horizon. Drawn here so that no file and no font has to be fetched."""

_CLOUD = (
    '<path fill="{fill}" d="M11 27a7 7 0 0 1-.6-13.97A10 10 0 0 1 29.6 11.1 8 8 0 0 1 30 27z"/>'
    '<path fill="none" stroke="{line}" stroke-width="2.4" stroke-linecap="round" d="M5 32h31M11 36.5h19"/>'
)
# Both blues keep a contrast of 3 on the light and on the dark background.
_MARK = _CLOUD.format(fill="#3487d6", line="#d9822b")

ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">{_MARK}</svg>'

WORDMARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 40" width="150" height="40" role="img" '
    'aria-label="Celaje">'
    f"{_MARK}"
    '<text x="46" y="29" font-family="Source Sans, Segoe UI, Helvetica, Arial, sans-serif" font-size="27" '
    'font-weight="650" letter-spacing=".3" fill="#3487d6">Celaje</text></svg>'
)
