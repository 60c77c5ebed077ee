-- Policies follow what is renamed or moved, and go with what is dropped.
create schema app;
create schema other;
create type app.level as enum ('a', 'b');
create function app.mine(x int) returns boolean language sql as 'select x = 1';
create table notes (id int primary key, org_id uuid, level app.level, "Select" text, body text);
create table comments (id int primary key, note_id int, author int, body text);
create table reactions (id int, comment_id int);
create table tasks (id int, org_id uuid);
create table log (id int, at int) partition by range (at);
create table log_1 partition of log for values from (0) to (10);
create policy own on notes using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and notes.id > 0 and public.notes.id < 9);
create policy word on notes using ("Select" = 'it''s' and level = 'a'::app.level and app.mine(id)) with check (/* org_id */ true);
create policy up on comments using (exists (select 1 from public.notes as parent where parent.id = comments.note_id and parent.org_id is not null));
create policy bare on comments using (exists (select from notes where notes.id = note_id and org_id is not null and notes.body = comments.body));
create policy joined on comments using (note_id in (select n.id from notes n join tasks t on n.org_id = t.org_id and t.id = comments.author));
create policy grouped on comments using (exists (select org_id from notes union select org_id from tasks));
create policy twice on comments using (author in (select x.id from (select id, org_id as body from notes) x where x.body is not null));
create policy up2 on reactions using (exists (select 1 from comments as parent where parent.id = reactions.comment_id
	and exists (select 1 from notes as parent2 where parent2.id = parent.note_id and parent2.org_id is null)));
create policy alone on tasks using (org_id is not null);
create policy part on log_1 using (at > 0);
alter table notes rename column org_id to "Tenant Id";
alter table notes rename column "Select" to plain;
alter table tasks rename column org_id to workspace_id;
alter table notes rename to pages;
alter table pages set schema app;
alter table comments rename to "Order";

alter table "Order" rename column note_id to page_id;
alter type app.level rename to grade;
alter type app.grade set schema other;
alter function app.mine(int) rename to yours;
alter schema other rename to third;
alter table log rename column at to moment;
alter type third.grade rename value 'a' to 'the "first"''s';

-- What depends on a dropped column or table goes with it.
create table a (id int primary key, x int, y int);
create table b (id int, a_id int, z int);
create policy x on a using (x > 0);
create policy y on a using (y > 0);
create policy x on b using (exists (select from a where a.id = b.a_id and x = 1));
create policy y on b using (exists (select from a where a.id = b.a_id and y = 1));
create policy z on b using (z > 0);
alter table a rename column x to x2;
alter table a drop column x2 cascade;
drop table a cascade;
create table a (id int primary key, x int, y int);

-- The name of an output column stays, and so does what names it.
create table c (id int, "X y" int);
create table d (id int);
create policy x on d using (exists (select from (select c.id, "X y" from c) s where s."X y" = d.id));
create policy w on d using (exists (with c as (select 1 as id) select from c where c.id = d.id));
alter table c rename column "X y" to z;
alter table c rename to cc;
