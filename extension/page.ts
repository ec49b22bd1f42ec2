/** The panel's page. Editor-free. */

export interface Page {
  /** Translations by English text, as JSON. */
  readonly texts: string;
  /** Of the texts, such as `en` or `de`. */
  readonly language: string;
  readonly nonce: string;
  /** Where a webview's own files come from, for the content security policy. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

export function pageOf({ texts, language, nonce, source, script, style }: Page): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `font-src ${source}`,
    `img-src ${source} data:`,
  ].join("; ");
  return `<!doctype html>
<html lang="${escaped(language)}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${style}" />
    <title>Chainrule</title>
  </head>
  <body>
    <div id="root" data-l10n="${escaped(texts)}"></div>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
