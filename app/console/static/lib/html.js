/** How everything here is drawn: Preact by tagged templates, so that nothing has to be built. */

import htm from "../vendor/htm.js";
import { h } from "../vendor/preact.js";

export const html = htm.bind(h);
export { Fragment, render } from "../vendor/preact.js";
export { useCallback, useEffect, useId, useMemo, useRef, useState } from "../vendor/hooks.js";
