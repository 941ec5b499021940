import { htmlToMarkdown } from '../../../cli/import/markdown'
import { BrokenRowError } from '../../../cli/import/rows'

it.each([
  ['text', 'plain', 'plain'],
  ['entities', 'plain &amp; simple &eacute;', 'plain & simple é'],
  ['paragraphs', '<p>a</p>\n\n<p>b<br>c</p>', 'a\n\nb  \nc'],
  ['emphasis', '<p><strong>a</strong> <em>b</em> <s>c</s> <del>d</del></p>', '**a** _b_ ~~c~~ ~~d~~'],
  ['headings', '<h1>a</h1><h3>b</h3><hr>', '# a\n\n### b\n\n* * *'],
  ['links', '<a href="https://e.org/(x)" title="t">a</a>', '[a](https://e.org/\\(x\\) "t")'],
  ['images', '<img src="https://e.org/i.png" alt="a">', '![a](https://e.org/i.png)'],
  ['quotes', '<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>', '> a\n> \n> b'],
  [
    'keys',
    '<kbd class="k">Ctrl</kbd>+<sub>1</sub><sup onclick="x()">2</sup>',
    '<kbd>Ctrl</kbd>+<sub>1</sub><sup>2</sup>',
  ],
  ['lists', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>', '- a\n- b'],
  ['numbered lists', '<ol start="9"><li>a</li><li>b<ul><li>c</li></ul></li></ol>', '9. a\n10. b\n    - c'],
  [
    'code in a list',
    '<ol><li><p>a</p><pre><code>b\n\n  c\n</code></pre></li></ol>',
    '1. a\n\n   ```\n   b\n\n     c\n   ```',
  ],
  ['code', '<p><code>a &lt; `b`</code></p>', '`` a < `b` ``'],
  [
    'a code block',
    '<pre class="lang-c++ prettyprint-override"><code>a &lt; b;\n\n\tc\n</code></pre>',
    '```c++\na < b;\n\n\tc\n```',
  ],
  ['a code block with ticks', '<pre><code>```\na\n```\n</code></pre>', '````\n```\na\n```\n````'],
  ['a block without code', '<pre>a\n  b</pre>', '```\na\n  b\n```'],
  [
    'a table',
    '<table><thead><tr><th>A</th><th style="text-align: right;">B|C</th></tr></thead><tbody><tr><td>1</td><td><p>2</p><p>3</p></td></tr></tbody></table>',
    '| A | B\\|C |\n| --- | ---: |\n| 1 | 2 3 |',
  ],
  [
    'an uneven table',
    '<table><tr><td>1</td></tr><tr><td>2</td><td>3</td></tr></table>',
    '| 1 |  |\n| --- | --- |\n| 2 | 3 |',
  ],
  [
    'signs',
    '<p>*a* _b_ # c [d](e)</p><p># f</p><p>1. g</p>',
    '\\*a\\* \\_b\\_ # c \\[d\\](e)\n\n\\# f\n\n1\\. g',
  ],
  [
    'HTML as text',
    '<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; a &lt; b</p>',
    '\\<script>alert(1)\\</script> \\&lt; a < b',
  ],
  [
    'formulas',
    '<p>$A \\oplus 0$ is $a_1 * b_{2} &lt; \\{c\\}$.</p>',
    '$A \\oplus 0$ is $a_1 * b_{2} < \\{c\\}$.',
  ],
  [
    'displayed formulas',
    '<p>$$\\begin{align}a &amp;= b \\\\ c &amp;= d_*\\end{align}$$ \\(x_*\\) \\[\\sum_* y_*\\]</p>',
    '$$\\begin{align}a &= b \\\\ c &= d_*\\end{align}$$ \\(x_*\\) \\[\\sum_* y_*\\]',
  ],
  ['money', '<p>$5 *and* $6</p>', '$5 \\*and\\* $6'],
  [
    'HTML in formulas',
    '<p>$a&lt;b$ $&lt;script&gt;alert(1)&lt;/script&gt;$ $&lt;img src=x&gt;$</p>',
    '$a<b$ $< script>alert(1)< /script>$ $< img src=x>$',
  ],
  ['backslashes', '<p>C:\\dir \\* a\\<br>b\\<em>c</em></p>', 'C:\\dir \\\\\\* a\\  \nb\\\\_c_'],
  [
    'signs that are text',
    '<p>snake_case 2 * 3 a_b - c ~5 C# 3.5 a+b !</p>',
    'snake_case 2 * 3 a_b - c ~5 C# 3.5 a+b !',
  ],
  ['an exclamation before a link', '<p>Look!<a href="u">a</a>!</p>', 'Look\\![a](u)!'],
  ['a divided tag', '<p>&lt;<span>b&gt;</span></p>', '\\<b>'],
  [
    'starts of lines',
    '<p>---</p><p>a<br>===</p><p>+ b</p><p>1) c</p><p>-d</p><p>a | b<br>--- | ---</p>',
    '\\---\n\na  \n\\===\n\n\\+ b\n\n1\\) c\n\n-d\n\na | b  \n\\--- | ---',
  ],
  ['scripts', '<p>a</p><script>alert(1)</script><style>p {}</style>', 'a'],
  ['unclosed elements', '<p>a <b>b', 'a **b**'],
  ['nothing', '<p></p>', ''],
])('%s', (_name, html, markdown) => {
  expect(htmlToMarkdown(html)).toBe(markdown)
})

it('converts a table of 20,000 cells', () => {
  const row = `<tr>${'<td>x</td>'.repeat(20)}</tr>`
  expect(htmlToMarkdown(`<table>${row.repeat(1000)}</table>`).split('\n')).toHaveLength(1001)
})

it('rejects HTML that is nested too deeply', () => {
  expect(() => htmlToMarkdown('<b>'.repeat(2_500))).toThrow(BrokenRowError)
})
