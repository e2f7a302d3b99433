/** The rulebook, to search: what each rule says, where that stands, how sure it is, and where it is proven. */
import { proofs } from 'built:console';
import { ask, type Rule } from '../control-api.ts';
import { useAsked } from '../live.ts';
import { Empty, Problem } from '../parts/empty.tsx';
import { Confidence, Sentence } from '../parts/rule-chip.tsx';
import { Source } from '../parts/source.tsx';
import { href, type Route, setQuery } from '../route.ts';

export function RulesPage({ route }: { readonly route: Route }) {
  const { value, error } = useAsked('rules', (signal) => ask<{ readonly rules: readonly Rule[] }>('rules', signal));
  if (error !== undefined && value === undefined) return <Problem error={error} />;
  const all = value?.rules ?? [];
  const [words, confidence] = [route.query.get('q') ?? '', route.query.get('confidence') ?? ''];
  const found = all.filter((rule) => (confidence === '' || rule.confidence === confidence) && hasAll(rule, words));
  const subjects = [...new Set(found.map(({ subject }) => subject))];
  return (
    <>
      <div class="section-head">
        <h1>
          Rules{' '}
          <span class="of">
            {all.length === 0 ? '' : found.length === all.length ? all.length : `${found.length} of ${all.length}`}
          </span>
        </h1>
        <div class="filters">
          <select
            aria-label="Confidence"
            value={confidence}
            onChange={(event) => setQuery(route, { confidence: event.currentTarget.value })}
          >
            <option value="">however sure</option>
            {[...new Set(all.map((rule) => rule.confidence))].map((each) => (
              <option key={each} value={each}>
                {each.replaceAll('-', ' ')}
              </option>
            ))}
          </select>
          <input
            type="search"
            aria-label="Search the rules"
            placeholder="Search  ( / )"
            value={words}
            onInput={(event) => setQuery(route, { q: event.currentTarget.value })}
          />
        </div>
      </div>
      {value !== undefined && found.length === 0 && (
        <Empty title="No rule has all of these words" commands={['tpe rules']}>
          Try an id, a setting or a word of the sentence.
        </Empty>
      )}
      {subjects.map((subject) => (
        <section key={subject}>
          <h2>{subject}</h2>
          <div class="rule-list">
            {found
              .filter((rule) => rule.subject === subject)
              .map((rule) => (
                <OneRule key={rule.id} rule={rule} />
              ))}
          </div>
        </section>
      ))}
    </>
  );
}

function hasAll({ id, statement, source, setting, note, contradiction, subject }: Rule, words: string): boolean {
  const text = [id, statement, source, setting, note, contradiction, subject].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function OneRule({ rule }: { readonly rule: Rule }) {
  const { id, statement, source, confidence, versions, decides, contradiction, note, setting } = rule;
  const tests = proofs[id] ?? [];
  return (
    <article class="rule-entry">
      <h3>
        <a href={href(['rules'], { q: id })}>{id}</a>
        {decides && (
          <span class="pill" title="Something is decided in its name, in one place of the code">
            decides
          </span>
        )}
      </h3>
      <div>
        <p class="statement">
          <Sentence text={statement} />
        </p>
        {contradiction !== undefined && (
          <p class="quiet">
            <em>Against it:</em> <Sentence text={contradiction} />
          </p>
        )}
        {note !== undefined && (
          <p class="quiet">
            <Sentence text={note} />
          </p>
        )}
        <p class="facts">
          <Confidence of={confidence} />
          <Source text={source} />
          <span>{versions.join(', ')}</span>
          {setting !== undefined && (
            <span>
              setting <code>{setting}</code>
            </span>
          )}
        </p>
        {tests.length > 0 && (
          <details class="proofs">
            <summary>Proven by {tests.length === 1 ? 'a test' : `${tests.length} tests`}</summary>
            <ul>
              {tests.map((test) => (
                <li key={test}>
                  <code>test/{test}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </article>
  );
}
