"""The keys of every place, by id; help, palette and footer derive from them."""

from textual.binding import Binding, BindingType

# prompts have priority: they are open before the next key is read, so what is typed ahead lands in them
EVERYWHERE: list[BindingType] = [
    Binding("question_mark", "help", "help", id="app.help", tooltip="~"),
    Binding("colon", "command", "command", id="app.command", tooltip="~", priority=True),
    Binding("slash", "find", "find", id="app.find", tooltip="~", priority=True),
    Binding("ampersand", "filter", "keep filter", id="list.filter", show=False, priority=True),
    Binding("n", "find_next(1)", "next hit", id="app.next", show=False),
    Binding("N", "find_next(-1)", "hit before", id="app.before", show=False),
    Binding("1", "view('')", "fleet", id="app.fleet", show=False),
    Binding("4", "view(':deploy')", "deploy", id="app.deploy-screen", show=False),
    Binding("left_square_bracket", "walk(-1)", "view before", id="app.back", show=False),
    Binding("right_square_bracket", "walk(1)", "view after", id="app.forward", show=False),
    Binding("grave_accent", "last_view", "last view", id="app.last", show=False),
    Binding("semicolon", "jump", "jump to pane", id="app.jump", show=False),
    Binding("tab", "focus_next", "next pane", id="app.pane", show=False),
    Binding("t", "moment", "time", id="app.moment", tooltip="~"),
    Binding("p", "freeze", "freeze", id="app.freeze", show=False),
    Binding("exclamation_mark", "taken", "actions taken", id="app.actions", show=False),
    Binding("escape", "peel", "one layer back", id="app.peel", show=False),
    Binding("q", "leave", "leave", id="app.leave", show=False),
    Binding("F", "unforward", "end a forwarded port", id="app.unforward", show=False),
    Binding("D", "rollout('deploy')", "deploy", id="deploy.deploy", show=False),
    Binding("U", "rollout('undo')", "undo", id="deploy.undo"),
    Binding("H", "rollout('hold')", "hold", id="deploy.hold"),
    Binding("W", "rollout('next')", "next wave", id="deploy.next"),
    Binding("R", "rollout('restart')", "restart", id="service.restart", show=False),
    Binding("X", "rollout('drain')", "drain", id="service.drain", show=False),
    Binding("Z", "rollout('undrain')", "undrain", id="service.undrain", show=False),
    Binding("A", "arm", "arm to act", id="app.arm"),
]

FLEET: list[BindingType] = [
    Binding("x", "shell", "shell", id="fleet.shell"),
    Binding("f", "forward", "forward port", id="fleet.forward", show=False),
    Binding("space", "mark", "mark", id="list.mark", tooltip="~"),
    Binding("v", "mark_range", "mark range", id="list.mark-range", show=False),
    Binding("V", "mark_shown", "mark all shown", id="list.mark-shown", show=False),
    Binding("u", "unmark", "unmark", id="list.unmark", show=False),
    Binding("s", "menu('sort')", "sort", id="list.sort", tooltip="~"),
    Binding("less_than_sign", "sort_column(-1)", "sort by column left", id="list.sort-left", show=False),
    Binding("greater_than_sign", "sort_column(1)", "sort by column right", id="list.sort-right", show=False),
    Binding("equals_sign", "group", "group", id="list.group", show=False),
    Binding("w", "wide", "wide", id="list.wide", show=False),
    Binding("tilde", "toggle_filters", "filters on/off", id="list.filters", show=False),
    Binding("z", "zoom", "zoom pane", id="app.zoom", show=False),
    Binding("y", "copy", "copy row", id="app.copy", show=False),
    Binding("Y", "menu('export')", "export", id="app.export", show=False),
]

HOST: list[BindingType] = [
    Binding("comma", "cycle(-1)", "metric", id="chart.previous"),
    Binding("full_stop", "cycle(1)", "metric", id="chart.next"),
    Binding("left", "cursor(-1)", "cursor", id="chart.left"),
    Binding("right", "cursor(1)", "cursor", id="chart.right"),
    Binding("shift+left", "cursor(-10)", "cursor by ten", id="chart.far_left", show=False),
    Binding("shift+right", "cursor(10)", "cursor by ten", id="chart.far_right", show=False),
    Binding("plus,equals_sign", "window(1)", "window", id="chart.longer"),
    Binding("minus", "window(-1)", "window", id="chart.shorter"),
    Binding("o", "pane('processes')", "processes", id="host.processes"),
    Binding("x", "shell", "shell", id="host.shell"),
    Binding("f", "forward", "forward", id="host.forward"),
    Binding("i", "pane('inspect')", "inspect", id="host.inspect"),
    Binding("m", "median", "median", id="chart.median"),
    Binding("b", "yesterday", "yesterday", id="chart.yesterday"),
    Binding("R", "app.rollout('restart')", "restart", id="service.restart"),
    Binding("X", "app.rollout('drain')", "drain", id="service.drain"),
    Binding("z", "zoom", "zoom", id="app.zoom", show=False),
    Binding("y", "copy", "copy", id="app.copy", show=False),
    Binding("Y", "export", "export", id="app.export", show=False),
    Binding("escape", "peel", "back", id="host.peel", show=False),
]

DEPLOY: list[BindingType] = [
    Binding("D", "app.rollout('deploy')", "deploy", id="deploy.deploy"),
    Binding("y", "copy", "copy verdict", id="app.copy", show=False),
    Binding("Y", "export", "export", id="app.export", show=False),
    Binding("escape", "peel", "all rollouts", id="deploy.peel"),
]

LIST: list[BindingType] = [
    Binding("j,down", "move(1)", "down", id="list.down", show=False),
    Binding("k,up", "move(-1)", "up", id="list.up", show=False),
    Binding("g,home", "edge(-1)", "first", id="list.first", show=False),
    Binding("G,end", "edge(1)", "last", id="list.last", show=False),
    Binding("pagedown", "page(1)", "page down", id="list.page-down", show=False),
    Binding("pageup", "page(-1)", "page up", id="list.page-up", show=False),
    Binding("enter", "open", "open", id="list.open"),
]

PANE: list[BindingType] = [
    Binding("j,down", "scroll_down", "down", id="pane.down", show=False),
    Binding("k,up", "scroll_up", "up", id="pane.up", show=False),
    Binding("g,home", "scroll_home", "first", id="pane.first", show=False),
    Binding("G,end", "scroll_end", "last", id="pane.last", show=False),
    Binding("pagedown", "page_down", "page down", id="pane.page_down", show=False),
    Binding("pageup", "page_up", "page up", id="pane.page_up", show=False),
]

READER: list[BindingType] = [
    Binding("escape,q", "close", "close", id="reader.close"),
    Binding("y", "copy", "copy line", id="reader.copy"),
    Binding("question_mark", "more", "glyphs", id="reader.more", show=False),
]

MENU: list[BindingType] = [Binding("escape,q", "close", "close", id="menu.close")]

DIALOG: list[BindingType] = [Binding("escape", "close", "close", id="dialog.close")]

PROMPT: list[BindingType] = [
    Binding("escape", "close", "close", id="prompt.close", priority=True),
    Binding("up", "recall(-1)", "earlier", id="prompt.earlier", priority=True),
    Binding("down", "recall(1)", "later", id="prompt.later", priority=True),
    Binding("tab", "complete", "complete", id="prompt.complete", priority=True),
]

PICKER: list[BindingType] = [
    Binding("space", "mark", "mark", id="picker.mark"),
    Binding("V", "mark_all", "mark all", id="picker.mark-all"),
    Binding("u", "unmark", "unmark", id="picker.unmark"),
    Binding("enter", "take", "make a context of the marked", id="picker.take", priority=True),
    Binding("escape,q", "close", "not now", id="picker.close"),
]
