/** Where the page starts. */

import { App } from "./app.js";
import { restoreTheme } from "./theme.js";

restoreTheme();
new App(document.getElementById("app")).start();
