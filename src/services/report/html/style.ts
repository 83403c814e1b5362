/** The page's own style sheet: light and dark, on paper light. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --ink2: #545b64; --line: #d7dbe0; --paper: #fff; --soft: #f4f5f7; --accent: #1f5fbf; --warn: #a8321f; --ok: #1f6f43; --other: #8a94a0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --ink2: #a9b1bb; --line: #3a4047; --paper: #16181b; --soft: #202327; --accent: #7fb0ff; --warn: #ff9c87; --ok: #74d39c; --other: #7d8792; } }
@media print { :root { color-scheme: light; --ink: #000; --ink2: #444; --line: #ccc; --paper: #fff; --soft: #f4f5f7; --accent: #1f5fbf; --warn: #a8321f; --ok: #1f6f43; } section { break-inside: avoid; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 940px; padding: 32px 24px 64px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 40px 0 8px; } p { margin: 6px 0; max-width: 80ch; }
.verdict { border-left: 5px solid var(--other); padding: 4px 0 4px 16px; margin: 20px 0; } .verdict p:first-child { font-size: 18px; font-weight: 600; }
.strong { border-color: var(--warn); } .weak { border-color: var(--accent); } .none { border-color: var(--ok); }
.note, footer, figcaption { color: var(--ink2); font-size: 13px; } figure { margin: 12px 0; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; } .wide { overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; font-size: 14px; } dt { color: var(--ink2); } dd { margin: 0; overflow-wrap: anywhere; }
svg { width: 100%; max-width: 740px; height: auto; font: 13px system-ui, sans-serif; } svg text { fill: var(--ink); } svg .tick, svg .detail { fill: var(--ink2); font-size: 12px; }
.grid { stroke: var(--line); } .chance { stroke: var(--ink2); stroke-dasharray: 4 3; } .interval { stroke: var(--accent); stroke-width: 2; } .dot, .main { fill: var(--accent); } .main { stroke: var(--paper); }
.line { fill: none; stroke: var(--accent); stroke-width: 1.5; } .frame { fill: none; stroke: var(--line); } .bar, .cell { fill: var(--accent); }
bdi, [dir=auto], svg text { unicode-bidi: plaintext; }
svg.small { max-width: 420px; }
h3 { font-size: 15px; margin: 20px 0 0; } .example { break-inside: avoid; } .text { white-space: pre-wrap; }
`
