/** What would make a picture better, in words. */

import { t } from "../lib/i18n.js";

const GOOD = 0.5;

/** {good, text} about what /detect said of a picture that is to show one person. */
export function advice(detected) {
  if (!detected.faces_detected) return { good: false, text: t("advice.no_face") };
  if (detected.faces_detected > 1) return { good: false, text: t("advice.several") };
  return adviceOn(detected.faces[0]);
}

/** {good, text} about one face. */
export function adviceOn({ quality }) {
  const reasons = quality.reasons.map((reason) => t(`advice.${reason}`));
  if (reasons.length) return { good: false, text: reasons.join(" ") };
  return quality.score < GOOD ? { good: false, text: t("advice.fair") } : { good: true, text: t("advice.good") };
}
