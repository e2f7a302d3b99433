/** A value to choose or to type, by its schema; told when the reader is done with it. */
import type { FieldSchema } from '../schemas.ts';

export interface FieldProps {
  readonly id?: string;
  readonly schema: FieldSchema;
  readonly value: unknown;
  /** Undefined where it was emptied. */
  readonly change: (value: unknown) => void;
}

export function Field({ id, schema, value, change }: FieldProps) {
  const { type, items, minimum, maximum } = schema;
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
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (type !== 'integer' && type !== 'number') {
    const typed = (to: string) => change(to === '' ? undefined : to);
    return <input id={id} value={text} onChange={(event) => typed(event.currentTarget.value)} />;
  }
  return (
    <input
      id={id}
      type="number"
      min={minimum}
      max={maximum}
      step={type === 'number' ? 'any' : 1}
      value={text}
      onChange={(event) => {
        const { value: typed } = event.currentTarget;
        change(typed === '' ? undefined : Number(typed));
      }}
    />
  );
}
