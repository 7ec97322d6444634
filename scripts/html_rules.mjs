// What html-validate holds the pages against: the HTML standard, and nothing of taste. What becomes
// of the pages for readers with a screen reader is the affair of axe-core and Lighthouse.

export default {
  root: true,
  extends: ["html-validate:standard"],
};
