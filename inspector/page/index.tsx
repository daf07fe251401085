/** The inspector: what a cache does and knows, and what a person has to say to it. */
import { render } from "preact";
import { takeToken } from "./api.js";
import { App } from "./app.js";
import "./page.css";

takeToken();
const place = document.getElementById("page");
if (place) {
  place.textContent = "";
  render(<App />, place);
}
