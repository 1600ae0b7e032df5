import { escapeHtml, type Panel } from "./html.ts";

/** Where and how a run took place, and what to type to repeat it. */
export function environmentPanel(run: { command: string; environment: Record<string, string> }): Panel {
  const rows = Object.entries(run.environment).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  return {
    id: "env",
    columns: 6,
    title: "Environment, and how to repeat",
    body: `<pre>${escapeHtml(run.command)}</pre><dl class="env">${rows.join("")}</dl>`,
  };
}
