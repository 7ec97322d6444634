// The scripts of every page.

import "./enlarge_figures.js";
import "./print_notes.js";
import "./sort_tables.js";
