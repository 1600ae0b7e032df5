import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { Dashboard } from "./live/dashboard.svelte.ts";
import { Filters } from "./view/filters.svelte.ts";
import { Theme } from "./view/theme.svelte.ts";

const filters = new Filters();
const dashboard = new Dashboard(filters);

mount(App, {
  target: document.getElementById("app") as HTMLElement,
  props: { dashboard, filters, theme: new Theme() },
});
