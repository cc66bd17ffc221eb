-- name: take
-- Fill the bucket with what has come in since, and take from it what was asked for, or the least that would do, or
-- nothing. One statement: several processes do it one after another.
insert into bucket as b (tenant_id, caller, verb, tokens, granted, filled_at)
values (%(tenant)s, %(caller)s, %(verb)s, %(most)s::double precision - %(wanted)s, %(wanted)s, clock_timestamp())
on conflict (tenant_id, caller, verb) do update
   set (tokens, granted, filled_at) = (
       select filled.tokens - taken.tokens, taken.tokens, filled.at
         from (select clock_timestamp() as at,
                      least(%(most)s, b.tokens
                            + extract(epoch from clock_timestamp() - b.filled_at) * %(a_second)s) as tokens) as filled,
              lateral (select case when filled.tokens >= %(wanted)s then %(wanted)s::integer
                                   when filled.tokens >= %(least)s then floor(filled.tokens)::integer
                                   else 0 end as tokens) as taken)
returning b.granted, b.tokens;

-- name: forget_full
-- Whoever has not called for so long has a full bucket again, with or without a row.
delete from bucket where filled_at < now() - interval '1 day';
