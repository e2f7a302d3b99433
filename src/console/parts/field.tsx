/** A value to choose or to type, by its schema; told when the reader is done with it. */
import { useState } from 'preact/hooks';
import type { FieldSchema } from '../schemas.ts';

export interface FieldProps {
  readonly id?: string | undefined;
  readonly schema: FieldSchema;
  readonly value: unknown;
  /** Undefined where it was emptied. */
  readonly change: (value: unknown) => void;
}

export function Field({ id, schema, value, change }: FieldProps) {
  const { type, items } = schema;
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (choices !== undefined) {
    return (
      <select
        id={id}
        value={String(value)}
        onChange={(event) => change(choices.find((each) => String(each) === event.currentTarget.value))}
      >
        {choices.map((choice) => (
          <option key={choice} value={String(choice)}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  if (type === 'array' && items?.enum !== undefined) {
    const chosen = Array.isArray(value) ? (value as readonly unknown[]) : [];
    return (
      <span class="checks">
        {items.enum.map((each) => (
          <label key={each} class="toggle">
            <input
              type="checkbox"
              checked={chosen.includes(each)}
              onChange={(event) =>
                change(event.currentTarget.checked ? [...chosen, each] : chosen.filter((one) => one !== each))
              }
            />
            {each}
          </label>
        ))}
      </span>
    );
  }
  const isNumber = type === 'integer' || type === 'number';
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const typed = (to: string) => change(to === '' ? undefined : isNumber ? Number(to) : to);
  return <Typed id={id} text={text} schema={schema} typed={typed} />;
}

interface TypedProps extends Pick<FieldProps, 'id' | 'schema'> {
  readonly text: string;
  readonly typed: (text: string) => void;
}

/** What is being typed stands, whatever is drawn anew around it meanwhile. */
function Typed({ id, text, schema: { type, minimum, maximum }, typed }: TypedProps) {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const common = {
    id,
    value: draft ?? text,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => setDraft(event.currentTarget.value),
    onChange(event: { readonly currentTarget: HTMLInputElement }) {
      setDraft(undefined);
      typed(event.currentTarget.value);
    },
  };
  if (type !== 'integer' && type !== 'number') return <input {...common} />;
  return <input {...common} type="number" min={minimum} max={maximum} step={type === 'number' ? 'any' : 1} />;
}
