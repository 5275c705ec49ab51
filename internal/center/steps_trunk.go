package center

import (
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/trunk"
)

func (r *run) trunks(have File) error {
	had := make(map[string]Trunk)
	for _, t := range have.Trunks {
		had[t.Key] = t
	}
	for i := range r.f.Trunks {
		t := &r.f.Trunks[i]
		if t.Password == "" && t.PasswordSealed == "" {
			t.PasswordSealed = had[t.Key].PasswordSealed
		}
		if t.Password != "" {
			if r.seal == nil {
				return fault.Unavailable.New("Passwords of trunks cannot be sealed here; set them on the screen.")
			}
			var err error
			if t.PasswordSealed, err = r.seal(t.Password); err != nil {
				return err
			}
			t.Password = ""
		}
	}
	return bring(r, step[Trunk]{
		kind: "trunk", want: r.f.Trunks, have: have.Trunks, path: in("trunks"),
		key: func(t Trunk) string { return t.Key },
		create: func(_ string, t Trunk) (string, error) {
			n, err := trunk.Create(r.tx, r.by, t.noun())
			return string(n.ID), err
		},
		change: func(_, id string, t Trunk) error {
			n := t.noun()
			n.ID = trunk.ID(id)
			_, err := trunk.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return trunk.Delete(r.tx, r.by, trunk.ID(id)) },
	})
}

func (r *run) projects(have File) error {
	noun := func(path string, p Project) (project.Project, error) {
		n := p.noun()
		n.Trunks = []trunk.ID{}
		for i, key := range p.Trunks {
			id, err := r.ref(at(path+".trunks", i), "trunk", key)
			if err != nil {
				return n, err
			}
			n.Trunks = append(n.Trunks, trunk.ID(id))
		}
		return n, nil
	}
	return bring(r, step[Project]{
		kind: "project", want: r.f.Projects, have: have.Projects, path: in("projects"),
		key: func(p Project) string { return p.Key },
		create: func(path string, p Project) (string, error) {
			n, err := noun(path, p)
			if err != nil {
				return "", err
			}
			n, err = project.Create(r.tx, r.by, n)
			return string(n.ID), err
		},
		change: func(path, id string, p Project) error {
			n, err := noun(path, p)
			if err != nil {
				return err
			}
			n.ID = project.ID(id)
			_, err = project.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return project.Delete(r.tx, r.by, project.ID(id)) },
	})
}
