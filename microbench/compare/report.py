# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""What came of a comparison, as tables in Markdown and as a chart."""
import statistics

COLUMNS = {  # key: (heading, decimals, whether more is better)
    "tcp": ("TCP Gb/s", 2, True),
    "tcp4": ("TCP Gb/s, 4 streams", 2, True),
    "frames": ("k frames/s (64 B)", 0, True),
    "frame_ns": ("CPU ns/frame", 0, False),
    "datagrams": ("k UDP datagrams/s (64 B)", 0, True),
    "datagram_ns": ("CPU ns/datagram", 0, False),
    "ping": ("ping µs", 1, False),
}
MEMORY = {  # key: (heading, decimals); of Java programs
    "allocated": ("heap B/frame", 2),
    "collections": ("GC pauses", 0),
    "paused": ("ms in all", 1),
    "longest": ("longest, ms", 1),
}


def quartiles(values):
    """The lower quartile, the median, the upper quartile."""
    return tuple(statistics.quantiles(values, n=4, method="inclusive")) if len(values) > 1 else (values[0],) * 3


class Report:
    """Of values[label][key][pass]; ratios are formed within a pass."""

    def __init__(self, values, base):
        self.values = {label: columns for label, columns in values.items() if columns}
        self.order = sorted(self.values, key=lambda label: label != base)
        self.base = self.order[0] if self.order else None
        self.shown = [key for key in COLUMNS if any(key in columns for columns in self.values.values())]

    def figures(self, label, key):
        """Quartiles of the figure itself, or None."""
        found = self.values[label].get(key)
        return quartiles(list(found.values())) if found else None

    def ratio(self, label, other, key):
        """The median of the ratios of all passes that have both, with its quartiles, as text."""
        mine, others = (self.values[of].get(key, {}) for of in (label, other))
        ratios = [mine[at] / others[at] for at in mine if others.get(at)]
        if not ratios:
            return ""
        low, median, high = quartiles(ratios)
        return "%.2f (%.2f-%.2f)" % (median, low, high) if len(ratios) > 1 else "%.2f" % median

    def table(self):
        rows = []
        for label in self.order:
            cells = []
            for key in self.shown:
                figures = self.figures(label, key)
                cells.append("%.*f" % (COLUMNS[key][1], figures[1]) if figures else "")
                cells.append(self.ratio(label, self.base, key) if label != self.base else "1" if figures else "")
            rows.append([label] + cells)
        return markdown(["switch"] + [head for key in self.shown for head in (COLUMNS[key][0], "ratio")], rows)

    def pairs(self, wanted):
        """A row for each two of which both were measured; empty without any."""
        rows = [["%s / %s" % pair] + [self.ratio(*pair, key) for key in self.shown]
                for pair in wanted if all(label in self.values for label in pair)]
        return markdown(["pair"] + [COLUMNS[key][0] for key in self.shown], rows) if rows else ""

    def chart(self, is_ringtap, caption):
        """Bars beside each other, a panel for each column, two panels in a row, as SVG. A line spans the quartiles."""
        panel, row, left, bars = 440, 20, 110, 250
        panel_height = 44 + row * len(self.order)
        height = panel_height * ((len(self.shown) + 1) // 2) + 28
        out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
               'font-family="sans-serif" font-size="12">' % (panel * 2, height, panel * 2, height),
               '<rect width="100%" height="100%" fill="white"/>']
        for at, key in enumerate(self.shown):
            heading, decimals, more = COLUMNS[key]
            x, top = at % 2 * panel, at // 2 * panel_height
            figures = {label: self.figures(label, key) for label in self.order}
            most = max((high for _, _, high in filter(None, figures.values())), default=0) or 1
            out.append('<text x="%d" y="%d" font-size="13" font-weight="bold">%s (%s is better)</text>'
                       % (x + 12, top + 24, heading, "more" if more else "less"))
            for i, label in enumerate(self.order):
                y = top + 34 + i * row
                out.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (x + left - 6, y + 14, escape(label)))
                if figures[label] is None:
                    out.append('<text x="%d" y="%d" fill="#777">not measured</text>' % (x + left + 2, y + 14))
                    continue
                low, median, high = (x + left + bars * value / most for value in figures[label])
                out.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                           % (x + left, y + 3, median - x - left, row - 6,
                              "#1f77b4" if is_ringtap(label) else "#b0b0b0"))
                out.append('<path d="M%.1f %dH%.1fM%.1f %dv6M%.1f %dv6" stroke="black"/>'
                           % (low, y + 10, high, low, y + 7, high, y + 7))
                out.append('<text x="%.1f" y="%d">%.*f</text>' % (high + 5, y + 14, decimals, figures[label][1]))
        out.append('<text x="12" y="%d" font-size="11" fill="#555">%s</text></svg>' % (height - 12, escape(caption)))
        return "\n".join(out) + "\n"


def memory_table(memory):
    """What the Java programs allocated and how long they stood still for it; empty without any."""
    rows = [[label] + ["%.*f" % (decimals, found[key]) if key in found else ""
                       for key, (_, decimals) in MEMORY.items()] for label, found in memory.items() if found]
    return markdown(["switch"] + [heading for heading, _ in MEMORY.values()], rows) if rows else ""


def warm_up_lines(warm_ups, settled):
    """How long each took, by load; those that never settled, with how far apart their last rates were."""
    return "\n".join("Warm-up with %s, seconds: %s." % (load, ", ".join(
        "%s %.1f" % (label, took) + (" (not settled, %.0f %%)" % (spread * 100) if spread > settled else "")
        for label, (took, spread) in found.items())) for load, found in warm_ups.items() if found)


def markdown(headings, rows):
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1)] + rows
    return "\n".join("| %s |" % " | ".join(cells) for cells in lines)


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")
